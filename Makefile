# Verbs. The work is done by ./run, ./test and meson.
.PHONY: run test check bench fmt room build

run:
	@./run
test:
	@./test
check: # seconds: the rules of the house
	@./test --only house
build:
	@./run --build
bench: build
	@bench/run
fmt:
	@git ls-files '*.c' '*.h' | xargs clang-format -i
# make room NAME=gift: a folder after the pattern of the coupon room
room:
	@tools/room.sh "$(NAME)"
