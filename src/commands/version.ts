import { MhloopCommand, type Result } from '../cli/command/base-command.ts'

export default class Version extends MhloopCommand<typeof Version> {
  static override summary = 'The versions of mhloop, Node.js and this machine'
  static override description =
    'Reads and writes nothing. Exit code: 0. `mhloop --version` prints the first line only, faster.'
  static override examples = ['<%= config.bin %> version', '<%= config.bin %> version --json']

  async perform(): Promise<Result> {
    const { name, version } = this.config
    const data = { name, version, node: process.version, platform: process.platform, architecture: process.arch }
    return {
      data,
      view: (page) => page.line(`${name}/${version} ${process.platform}-${process.arch} node-${process.version}`),
    }
  }
}
