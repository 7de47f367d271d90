import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import * as Flags from '@oclif/core/flags'
import { MhloopCommand, type Result } from '../../cli/command/base-command.ts'
import { sandboxPort } from '../../cli/input/sandbox-flags.ts'
import { dim } from '../../cli/output/styled.ts'
import { exitCodes } from '../../core/errors/fault.ts'

export default class SandboxStart extends MhloopCommand<typeof SandboxStart> {
  static override summary = 'Run both vendors and a warehouse on localhost'
  static override description =
    `Simulates Loop, MasonHub and the warehouse on 127.0.0.1 until Ctrl-C. Nothing leaves this machine and nothing is stored. They misbehave on purpose: refunds are queued, writes appear late, answers vary. --fault switches on more faults; \`sandbox status --faults\` lists them.

Exit codes: 0 stopped, 2 an unusable port or an unknown fault.`
  static override examples = [
    '<%= config.bin %> sandbox start',
    '<%= config.bin %> sandbox start --port 0 --seed 7 --returns 200',
    '<%= config.bin %> sandbox start --fault loop.drop-answer-process=0.1',
  ]
  static override flags = {
    port: Flags.integer({
      description: 'Port to listen on; 0 picks any free port',
      default: sandboxPort,
      min: 0,
      max: 65_535,
    }),
    seed: Flags.integer({ description: 'Random seed: the same seed gives the same run', default: 1, min: 0 }),
    returns: Flags.integer({ description: 'Number of returns to fill it with at once', min: 0 }),
    fault: Flags.string({
      description: 'Set a fault, e.g. masonhub.visible-after-ms=2000',
      multiple: true,
      helpValue: 'NAME=VALUE',
    }),
  }

  async perform(): Promise<Result> {
    const [{ startSandbox }, { parseFault }, { seedSandbox }] = await Promise.all([
      import('../../sandbox/server.ts'),
      import('../../sandbox/fault-injection.ts'),
      import('../../sandbox/seed/seed.ts'),
    ])
    const { port, seed, returns, fault } = this.flags
    const faults = Object.fromEntries((fault ?? []).map(parseFault).map(({ name, value }) => [name, value]))
    const sandbox = await startSandbox({ port, seed, faults })
    this.defer(() => sandbox.stop())
    const seeded = returns === undefined ? [] : seedSandbox(sandbox, { count: returns, seed })
    const { url, loopBaseUrl, masonhubBaseUrl, world } = sandbox
    const { loopApiKey, masonhubToken, slug, loopWebhookSecret } = world.installed
    const environment = {
      MHLOOP_LOOP_BASE_URL: loopBaseUrl,
      MHLOOP_LOOP_API_KEY: loopApiKey,
      MHLOOP_MASONHUB_BASE_URL: masonhubBaseUrl,
      MHLOOP_MASONHUB_SLUG: slug,
      MHLOOP_MASONHUB_TOKEN: masonhubToken,
      MHLOOP_LOOP_WEBHOOK_SECRET: loopWebhookSecret,
      MHLOOP_SANDBOX_URL: url,
    }
    // These names differ from those of the merchant `env`, because a file of merchants refers to them.
    const references = { SANDBOX_LOOP_API_KEY: loopApiKey, SANDBOX_MASONHUB_TOKEN: masonhubToken }
    const stopped = new Promise<void>((resolve) =>
      this.signal.addEventListener('abort', () => resolve(), { once: true }),
    )
    return {
      data: { url, loopBaseUrl, masonhubBaseUrl, seed, returns: seeded.length, environment, references },
      exit: exitCodes.done,
      until: this.signal.aborted ? Promise.resolve() : stopped,
      view(page) {
        page.line(
          `# Sandbox at ${url}${seeded.length > 0 ? ` with ${seeded.length} returns` : ''}. Ctrl-C stops it and forgets everything.`,
        )
        page.line(dim('# Paste this into another terminal; the token is valid only for this sandbox:'))
        for (const [name, value] of Object.entries(environment)) page.line(`export ${name}='${value}'`)
        page.line(dim(`# Or these two, for three merchants at once: mhloop merchant apply -f ${exampleFile()}`))
        for (const [name, value] of Object.entries(references)) page.line(`export ${name}='${value}'`)
        page.line(
          dim(
            '# Then:  mhloop sandbox seed && mhloop asn sync && mhloop sandbox receive --all && mhloop rma resolve --ready',
          ),
        )
      },
    }
  }
}

/** The absolute path, for any other terminal: beside the sources, or beside dist/ in the package. */
function exampleFile(): string {
  const places = ['../../../examples/merchants.yaml', '../examples/merchants.yaml']
  const paths = places.map((place) => fileURLToPath(new URL(place, import.meta.url)))
  const path = paths.find((one) => existsSync(one)) ?? 'examples/merchants.yaml'
  return /[^\w./-]/.test(path) ? `'${path.replaceAll("'", `'\\''`)}'` : path
}
