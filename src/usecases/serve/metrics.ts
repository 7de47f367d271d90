import type { Receiver } from '../../receiver/receiver.ts'
import type { WorkerState } from './worker-options.ts'

/** Prometheus text: counters since the start, by merchant. It contains no secret and no customer's data. */
export function metricsText(
  workers: readonly WorkerState[],
  received: ReturnType<Receiver['counts']>,
  lostLines: number,
): string {
  return [
    ...metric(
      'mhloop_events_received_total',
      'counter',
      'Messages received',
      received.map(({ count, ...labels }) => [labels, count]),
    ),
    ...metric(
      'mhloop_events_worked_total',
      'counter',
      'Events processed',
      workers.map(({ merchant, eventsWorked }) => [{ merchant }, eventsWorked]),
    ),
    ...metric(
      'mhloop_returns_resolved_total',
      'counter',
      'Refunds and flags by outcome',
      workers.flatMap(({ merchant, resolutions }) =>
        [...resolutions].map(([key, count]): Sample => [{ merchant, ...resolutionLabels(key) }, count]),
      ),
    ),
    ...metric(
      'mhloop_faults_total',
      'counter',
      'Runs that ended in an error',
      workers.flatMap(({ merchant, faults }) =>
        [...faults].map(([code, count]): Sample => [{ merchant, code }, count]),
      ),
    ),
    ...metric(
      'mhloop_last_good_poll_timestamp_seconds',
      'gauge',
      'When MasonHub was last polled without an error',
      workers.flatMap(({ merchant, lastGoodPollAt }): Sample[] =>
        lastGoodPollAt === null ? [] : [[{ merchant }, Date.parse(lastGoodPollAt) / 1000]],
      ),
    ),
    ...metric(
      'mhloop_lane_stopped',
      'gauge',
      '1 while a merchant is stopped',
      workers.map(({ merchant, stopped }) => [{ merchant }, stopped === null ? 0 : 1]),
    ),
    ...metric('mhloop_log_lines_lost_total', 'counter', 'Log lines that could not be written', [[{}, lostLines]]),
    '',
  ].join('\n')
}

type Sample = [labels: Record<string, string>, value: number]

function resolutionLabels(key: string): Record<string, string> {
  const [action = '', outcome = ''] = key.split(':')
  return { action, outcome }
}

function metric(name: string, type: 'counter' | 'gauge', help: string, samples: readonly Sample[]): string[] {
  return [
    `# HELP ${name} ${help}`,
    `# TYPE ${name} ${type}`,
    ...samples.map(([labels, value]) => `${name}{${labelText(labels)}} ${value}`),
  ]
}

function labelText(labels: Record<string, string>): string {
  const escaped = (text: string) => text.replace(/\\/g, '\\\\').replace(/"/g, '\\"').replace(/\n/g, '\\n')
  return Object.entries(labels)
    .map(([name, value]) => `${name}="${escaped(value)}"`)
    .join(',')
}
