import * as Args from '@oclif/core/args'
import { MhloopCommand, type Result } from '../cli/command/base-command.ts'
import { type Shell, scripts, shells } from '../cli/completion/scripts.ts'
import { usageFault } from '../cli/errors/command-faults.ts'
import type { Page } from '../cli/output/page.ts'

export default class Autocomplete extends MhloopCommand<typeof Autocomplete> {
  static override summary = 'Completion for bash, zsh, fish and PowerShell'
  static override description =
    `Prints the script that makes the Tab key complete topics, verbs, flags, their values, merchants, and the ids of recent returns. On a terminal it prints how to install the script instead. Without SHELL it takes the shell that runs it.

Nothing is installed automatically, and the script never needs an update: it asks the installed mhloop at every Tab.

Reads nothing, writes nothing. Exit codes: 0 done, 2 unknown shell.`
  static override examples = [
    '<%= config.bin %> autocomplete',
    'eval "$(mhloop autocomplete bash)"',
    '<%= config.bin %> autocomplete zsh > ~/.zfunc/_mhloop',
  ]
  static override args = {
    shell: Args.string({ description: 'The shell; default: the one that runs it', options: [...shells] }),
  }

  async perform(): Promise<Result> {
    const shell = (this.args.shell as Shell | undefined) ?? shellOf(this.io.env)
    const { script, file, line } = scripts[shell]
    const data = { shell, script, file, line }
    if (this.io.json) return { data }
    if (this.io.stdout.isTTY) return { data, view: (page) => howTo(page, file, line) }
    // The bare script, because a shell reads it.
    this.io.stdout.write(script)
    return { data }
  }
}

function howTo(page: Page, file: string, line: string): void {
  page.paragraph(`Add this line to ${file}, then open a new shell:`)
  page.blank()
  page.line(`  ${line}`)
}

function shellOf(env: Readonly<Record<string, string | undefined>>): Shell {
  const name = (env.SHELL ?? '').split('/').at(-1)
  const known = shells.find((shell) => shell === name)
  if (known !== undefined) return known
  if (env.PSModulePath !== undefined) return 'powershell'
  throw usageFault(`Name the shell: ${shells.join(', ')}.`, 'mhloop autocomplete bash', 'SHELL_UNKNOWN')
}
