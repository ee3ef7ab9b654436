# Verbs. The work is done by ./run, ./test and meson.
.PHONY: run test check bench fmt room build words

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
# New messages into po/*.po, with the translations they have; what is gone goes. docs/TRANSLATING.md
words: build
	@build/src/view/words build/words.pot . && build/tools/catalogue merge build/words.pot po/pl.po po/ru.po
	@build/tools/catalogue check build/words.pot po/pl.po po/ru.po | tail -n 20
