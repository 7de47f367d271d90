import * as v from 'valibot'
import { dispositions } from '../../core/grades/grade.ts'
import { inspectionResults } from '../../core/grades/inspection.ts'
import { environmentMerchant } from '../../core/merchants/environment-merchant.ts'
import { longestWait } from '../../core/merchants/policy.ts'
import { longestClaimSettle } from '../../core/refunds/claim.ts'
import { boxFreeWords } from '../../core/returns/parcels.ts'
import { reasonCodes, requestedStatuses } from '../../core/rmas/rma.ts'
import { milliseconds } from '../../core/time/duration.ts'
import { isReference } from '../references/references.ts'
import { type SecretName, secretNames, storeKinds } from '../secrets/credentials.ts'

/** Lower-case letters, digits, dots, dashes and underscores; begins with a letter or digit; at most 60 characters. */
const namePattern = /^[a-z0-9][a-z0-9._-]{0,59}$/

export { environmentMerchant }

/** Keys that valibot drops from its output: what is stored under them would be lost with the next write. */
const wordsOfTheLanguage = ['constructor', 'prototype']

/** What is wrong with a merchant name; null when it is valid. */
export function wrongName(name: string): string | null {
  if (wordsOfTheLanguage.includes(name)) return `"${name}" is not a valid merchant name.`
  if (name === environmentMerchant) return '"env" is reserved for the merchant made from environment variables.'
  if (namePattern.test(name)) return null
  return 'A merchant name consists of lower-case letters, digits, ".", "-" and "_", begins with a letter or digit, and has at most 60 characters.'
}

const amount = v.pipe(v.string(), v.regex(/^\d+(\.\d+)?$/))
const currency = v.pipe(v.string(), v.regex(/^[A-Z]{3}$/))
const count = v.pipe(v.number(), v.integer(), v.minValue(0))
const days = v.pipe(count, v.maxValue(longestWait))
const timestamp = v.pipe(v.string(), v.isoTimestamp())
const duration = v.pipe(
  v.string(),
  v.check((text) => milliseconds(text) !== null),
)
const reasonRule = v.object({
  parentReason: v.nullable(v.string()),
  reason: v.string(),
  code: v.picklist(reasonCodes),
})

/** Loop takes at most 100 characters in each part of a condition (loop.md §14.1). */
const part = v.pipe(v.string(), v.minLength(1), v.maxLength(100))
const gradeRule = v.object({
  result: v.picklist(inspectionResults),
  condition: v.nullable(v.object({ subject: part, title: part, grade: v.nullable(part) })),
  disposition: v.nullable(v.picklist(dispositions)),
})

const reference = v.pipe(v.string(), v.check(isReference))
const references = v.object(
  Object.fromEntries(secretNames.map((name) => [name, v.exactOptional(reference)])) as Record<
    SecretName,
    v.ExactOptionalSchema<typeof reference, undefined>
  >,
)

/** What a stored profile sets; an absent field has its default. Fields of newer versions are kept. */
const profileSchema = v.looseObject({
  environment: v.picklist(['sandbox', 'production']),
  loop: v.exactOptional(
    v.looseObject({
      baseUrl: v.exactOptional(v.string()),
      requestsPerMinute: v.exactOptional(v.pipe(v.number(), v.integer(), v.gtValue(0))),
    }),
  ),
  masonhub: v.looseObject({
    slug: v.pipe(v.string(), v.regex(/^[A-Za-z0-9._-]+$/)),
    baseUrl: v.exactOptional(v.string()),
    requestsPerSecond: v.exactOptional(v.pipe(v.number(), v.gtValue(0))),
  }),
  policy: v.exactOptional(
    v.looseObject({
      destinations: v.exactOptional(v.array(v.string())),
      cutoff: v.exactOptional(v.nullable(timestamp)),
      reasons: v.exactOptional(v.array(reasonRule)),
      requestedStatus: v.exactOptional(v.picklist(requestedStatuses)),
      orderReference: v.exactOptional(v.picklist(['none', 'order-name', 'provider-order-id'])),
      boxFree: v.exactOptional(v.picklist(boxFreeWords)),
      refunds: v.exactOptional(v.boolean()),
      outcomes: v.exactOptional(v.array(v.string())),
      onUnclear: v.exactOptional(v.picklist(['flag', 'wait'])),
      claimSettle: v.exactOptional(v.pipe(count, v.maxValue(longestClaimSettle))),
      waits: v.exactOptional(
        v.looseObject({
          otherBox: v.exactOptional(days),
          delivered: v.exactOptional(days),
          scan: v.exactOptional(days),
          unused: v.exactOptional(days),
          dropOff: v.exactOptional(days),
        }),
      ),
      grades: v.exactOptional(
        v.looseObject({
          on: v.exactOptional(v.boolean()),
          rules: v.exactOptional(v.array(gradeRule)),
        }),
      ),
      limits: v.exactOptional(
        v.looseObject({
          refundsPerHour: v.exactOptional(count),
          refundsPerDay: v.exactOptional(count),
          largestRefund: v.exactOptional(
            v.nullable(v.union([amount, v.pipe(v.record(currency, amount), v.minEntries(1))])),
          ),
          firstByHand: v.exactOptional(count),
        }),
      ),
    }),
  ),
  intervals: v.exactOptional(
    v.looseObject({
      pull: v.exactOptional(duration),
      poll: v.exactOptional(duration),
      settle: v.exactOptional(duration),
      rescan: v.exactOptional(duration),
    }),
  ),
  /** Where secrets are stored. Absent in profiles from before there was a choice: the file. */
  store: v.exactOptional(v.picklist(storeKinds)),
  /** References to secrets that are stored elsewhere. */
  secrets: v.exactOptional(references),
  /** The journal that first worked for the merchant; see binding.ts. */
  journal: v.exactOptional(v.looseObject({ id: v.string(), place: v.string(), since: timestamp })),
  addedAt: timestamp,
  changedAt: timestamp,
})

export const profilesSchema = v.looseObject({
  version: v.literal(1),
  current: v.nullable(v.string()),
  merchants: v.record(v.pipe(v.string(), v.regex(namePattern)), profileSchema),
})

export type Profile = v.InferOutput<typeof profileSchema>
export type Profiles = v.InferOutput<typeof profilesSchema>
