import packageJson from '../../package.json' with { type: 'json' }

/** `mhloop/<version>`. */
export function ownUserAgent(): string {
  return `mhloop/${packageJson.version}`
}
