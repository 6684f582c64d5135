# tests/system
dist_check_SCRIPTS += tests/system/units.sh
TESTS += tests/system/units.sh
