# tests/loop
