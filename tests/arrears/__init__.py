"""Tests of the arrears room."""
