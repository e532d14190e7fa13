# Short names for what run.py does; `python3 run.py --help` lists everything.
PYTHON ?= python3

.PHONY: help demo test check bench trust serve format lock

help:
	@$(PYTHON) run.py --help

demo test check bench trust serve format lock:
	@$(PYTHON) run.py $@ $(ARGS)
