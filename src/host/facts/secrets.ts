import { z } from 'zod'
import { entrySchema } from './files.ts'

/** The secrets directory and what lies in it; nothing of what the files hold. */
export const secretFileFacts = z.strictObject({ directory: entrySchema, files: z.array(entrySchema) })

/** What was judged of each secret where it lies. Its bytes are not among the facts. */
export const secretContentFacts = z.strictObject({
  /** The run's salt, so that a secret held on the operator's side can be compared by the same hash. */
  salt: z.string(),
  /** What lets this account see what belongs to the processes of others; null where it may, or where nothing is known to help. */
  lacking: z.string().nullable(),
  secrets: z.array(
    z.strictObject({
      /** File name within the secrets directory. */
      name: z.string(),
      /** Characters, a single trailing newline not counted. */
      length: z.int().nonnegative(),
      distinct: z.int().nonnegative(),
      /** `none`, `one` (what `openssl rand` leaves) or `several` line ends at the end. */
      trailingNewlines: z.enum(['none', 'one', 'several']),
      /** Blanks, tabs, carriage returns or line ends elsewhere in it. */
      whitespace: z.boolean(),
      /** SHA-256 of the run's salt followed by the secret without trailing newlines. */
      saltedHash: z.string().regex(/^[0-9a-f]{64}$/),
      /** It equals one of the known defaults. */
      knownDefault: z.boolean(),
      /** It occurs in the arguments of a running process; null where this account may not see those of others. */
      inProcessArguments: z.boolean().nullable(),
      /** It occurs in the environment of a running process; null where this account may not see those of others. */
      inProcessEnvironment: z.boolean().nullable(),
    }),
  ),
})

/** Certificate files (*.crt, *.pem) of the certificate directory, as PEM text. */
export const certificateFacts = z.strictObject({
  directory: entrySchema,
  files: z.array(z.strictObject({ entry: entrySchema, pem: z.string() })),
})

/** The directory of private keys and what lies in it. */
export const keyFileFacts = z.strictObject({ directory: entrySchema, files: z.array(entrySchema) })

/** What openssl on the host derived from each private key. */
export const keyFacts = z.strictObject({
  keys: z.array(
    z.strictObject({
      name: z.string(),
      /** SHA-256 of the DER-encoded public key (SubjectPublicKeyInfo), lower-case hex; empty where the file is no key that opens without a passphrase. */
      publicKeySha256: z.union([z.string().regex(/^[0-9a-f]{64}$/), z.literal('')]),
      /** The PEM label of the file, such as `PRIVATE KEY` or `ENCRYPTED PRIVATE KEY`. */
      label: z.string(),
    }),
  ),
})
