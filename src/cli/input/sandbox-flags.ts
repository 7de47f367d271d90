import * as Flags from '@oclif/core/flags'

/** The default port of `sandbox start`. */
export const sandboxPort = 4010

/** For commands that control a sandbox in another process. */
export const sandboxUrlFlag = {
  url: Flags.string({
    description: 'URL of the sandbox',
    default: `http://127.0.0.1:${sandboxPort}`,
    env: 'MHLOOP_SANDBOX_URL',
    helpValue: 'URL',
  }),
}
