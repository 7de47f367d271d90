/**
 * The scripts that shells run on Tab: each passes the words of the line to mhloop and shows its answer (complete.ts).
 */
export const shells = ['bash', 'zsh', 'fish', 'powershell'] as const
export type Shell = (typeof shells)[number]

/** Also works in bash 3.2 of macOS. */
const bash = `# mhloop completion for bash
_mhloop() {
  local line word kind=""
  COMPREPLY=()
  while IFS= read -r line; do
    if [[ -z "$kind" ]]; then
      kind="$line"
      continue
    fi
    word="\${line%%$'\\t'*}"
    # Bash takes --flag=value apart: only the value is to be put in.
    [[ "$word" == --*=* ]] && word="\${word#*=}"
    COMPREPLY+=("$word")
  done < <(mhloop __complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
  [[ "$kind" == ":files" ]] || return 0
  while IFS= read -r line; do
    COMPREPLY+=("$line")
  done < <(compgen -f -- "\${COMP_WORDS[COMP_CWORD]}")
  compopt -o filenames 2>/dev/null || return 0
}
complete -F _mhloop mhloop
`

const zsh = `#compdef mhloop
# mhloop completion for zsh
_mhloop() {
  local -a lines described
  local line
  lines=("\${(@f)$(mhloop __complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  if [[ "\${lines[1]}" == ":files" ]]; then
    _files
    return
  fi
  for line in "\${(@)lines[2,-1]}"; do
    if [[ "$line" == *$'\\t'* ]]; then
      described+=("\${\${line%%$'\\t'*}//:/\\\\:}:\${line#*$'\\t'}")
    else
      described+=("\${line//:/\\\\:}")
    fi
  done
  _describe 'mhloop' described
}
# As a file of fpath this text is itself the function, called at the first Tab; otherwise it is evaluated.
if [[ "\${funcstack[1]}" == _mhloop ]]; then
  _mhloop "$@"
else
  compdef _mhloop mhloop
fi
`

const fish = `# mhloop completion for fish
function __mhloop_complete
  set -l before (commandline -opc)
  set -l current (commandline -ct)
  set -l lines (mhloop __complete -- $before[2..-1] "$current" 2>/dev/null)
  if test "$lines[1]" = ":files"
    __fish_complete_path "$current"
  else
    printf '%s\\n' $lines[2..-1]
  end
end
complete -c mhloop -f -a '(__mhloop_complete)'
`

const powershell = `# mhloop completion for PowerShell
Register-ArgumentCompleter -Native -CommandName mhloop -ScriptBlock {
  param($wordToComplete, $commandAst, $cursorPosition)
  $words = @($commandAst.CommandElements | Select-Object -Skip 1 | ForEach-Object { $_.ToString() })
  $next = @()
  if ($wordToComplete -eq '') { $next = @('--next') }
  $lines = @(mhloop __complete @next -- @words 2>$null)
  if ($lines.Count -eq 0 -or $lines[0] -eq ':files') { return }
  $lines | Select-Object -Skip 1 | ForEach-Object {
    $word, $about = $_ -split "\`t", 2
    if (-not $about) { $about = $word }
    [System.Management.Automation.CompletionResult]::new($word, $word, 'ParameterValue', $about)
  }
}
`

/** For each shell: the script, and the line that a person adds to the shell's own file to have it in every session. */
export const scripts: Record<Shell, { script: string; file: string; line: string }> = {
  bash: { script: bash, file: '~/.bashrc', line: 'eval "$(mhloop autocomplete bash)"' },
  zsh: { script: zsh, file: '~/.zshrc, after compinit', line: 'eval "$(mhloop autocomplete zsh)"' },
  fish: { script: fish, file: '~/.config/fish/config.fish', line: 'mhloop autocomplete fish | source' },
  powershell: {
    script: powershell,
    file: '$PROFILE',
    line: 'mhloop autocomplete powershell | Out-String | Invoke-Expression',
  },
}
