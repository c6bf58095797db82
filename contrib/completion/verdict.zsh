#compdef verdict
# Completion of `verdict` in zsh.  `make install` puts it where zsh looks for
# functions, as _verdict.  Subcommands and options are those that the installed
# program names.

_verdict_help() {
	"$@" --help 2>/dev/null </dev/null
}

# What stands alone after a subcommand.
_verdict_operand() {
	case $1/$2 in
	check/*) _files ;;
	setup/*) compadd -- postfix sendmail ;;
	trace/on | trace/off | cache/show) ;;
	trace/*) compadd -- on off ;;
	cache/*) compadd -- show flush ;;
	history/history) compadd -- $(_verdict_help "${(Q)words[1]}" history |
		sed -n 's/^  \([a-z][a-z-]*\) .*/\1/p') ;;
	esac
}

_verdict() {
	local program=${(Q)words[1]} before=${words[CURRENT - 1]}
	local -a found command=("${words[2]}")
	[[ $command == history ]] && ((CURRENT > 3)) && command+=("${words[3]}")

	if ((CURRENT == 2)); then
		found=(${(f)"$(_verdict_help "$program" |
			sed -n 's/^  \([a-z][a-z-]*\)  *\(.*\)/\1:\2/p')"}
			'--help:list the commands' '--version:show the version')
		_describe command found
		return
	fi
	case $before in
	--by) compadd -- from client selector shape action rule day ;;
	--config | -c | --html | --in-force | --save | --textfile | --socket | --postconf | --sendmail | --from-*) _files ;;
	--action) compadd -- accept quarantine reject tempfail discard ;;
	--mta-config) _files -/ ;;
	*)
		if [[ $before == --* ]] && _verdict_help "$program" $command |
			grep -qE -e "$before [A-Z]"; then
			return
		elif [[ $PREFIX == -* ]]; then
			found=($(_verdict_help "$program" $command |
				grep -oE -e '--[a-z]+(-[a-z]+)*' | sort -u))
			compadd -- $found
		else
			_verdict_operand "${words[2]}" "$before"
		fi ;;
	esac
}

_verdict "$@"
