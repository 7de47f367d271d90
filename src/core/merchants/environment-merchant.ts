/** The merchant made of environment variables; no stored profile may take its name. */
export const environmentMerchant = 'env'
