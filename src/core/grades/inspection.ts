/** What became of a unit, in the order in which the units of one SKU get what the warehouse counted. */
export const inspectionResults = [
  'available',
  'refurbishing',
  'quality-control',
  'under-investigation',
  'damaged',
  'missing',
  'wrong item',
] as const
export type InspectionResult = (typeof inspectionResults)[number]

export type InspectedUnit = {
  lineItemId: string
  sku: string
  result: InspectionResult
  /** How many of the `among` units of its SKU that travelled have this result. */
  count: number
  among: number
  /** All units of the SKU have this result. Otherwise the warehouse does not say which of them it is (H45). */
  certain: boolean
}
