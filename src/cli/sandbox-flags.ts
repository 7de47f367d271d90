import { Flags } from '@oclif/core'

/** Where `sandbox start` listens unless told otherwise. */
export const sandboxPort = 4010

/** For commands that move a sandbox that runs in another process. */
export const sandboxUrlFlag = {
  url: Flags.string({
    description: 'URL of the sandbox',
    default: `http://127.0.0.1:${sandboxPort}`,
    env: 'MHLOOP_SANDBOX_URL',
    helpValue: 'URL',
  }),
}
