import { MhloopCommand, type Result } from '../cli/command/base-command.ts'
import { handedOverBy } from '../cli/io/handed-over.ts'

export default class Version extends MhloopCommand<typeof Version> {
  static override summary = 'The versions of mhloop, Node.js and this machine'
  static override description =
    'Reads and writes nothing. Exit code: 0. `mhloop --version` prints the first line only, faster.'
  static override examples = ['<%= config.bin %> version', '<%= config.bin %> version --json']

  async perform(): Promise<Result> {
    const { name, version } = this.config
    const handedOver = handedOverBy(this.io.env, process.ppid)
    const { platform, arch: architecture, version: node, execPath: nodePath } = process
    const data = { name, version, node, nodePath, handedOverBy: handedOver, platform, architecture }
    return {
      data,
      view: (page) => {
        page.line(`${name}/${version} ${platform}-${architecture} node-${node}`)
        if (handedOver === null) return
        page.line(`This machine has Node.js ${handedOver.slice(1)}; this is the newer one at ${nodePath}.`)
      },
    }
  }
}
