# Checks of the source itself.
LINT_TESTS = tests/lint/layers.sh tests/lint/layers_can_fail.sh
TESTS += $(LINT_TESTS)
EXTRA_DIST += $(LINT_TESTS)
