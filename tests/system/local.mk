# tests/system
dist_check_SCRIPTS += tests/system/units.sh
TESTS += tests/system/units.sh
dist_check_SCRIPTS += tests/system/cli_fake.py
TESTS += tests/system/cli_fake.py
