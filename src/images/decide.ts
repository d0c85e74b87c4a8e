/** What is known of a part's image before anything is fetched. */
export interface Situation {
  /** Only stand-ins are wanted; no registry is asked. */
  readonly standInsOnly: boolean
  readonly hasUpstream: boolean
  readonly hasStandIn: boolean
  /** A stand-in can be built. */
  readonly canStandIn: boolean
}

/** What is done next for a part's image. */
export type Way = 'use-upstream' | 'fetch-upstream' | 'use-stand-in' | 'build-stand-in' | 'none'

/** The first way to try: an image that is there, the upstream one before the stand-in, and a registry before a build. */
export function firstWay(situation: Situation): Way {
  if (situation.standInsOnly) return withoutRegistry(situation)
  return situation.hasUpstream ? 'use-upstream' : 'fetch-upstream'
}

/** The way where no registry has the upstream image, or none may be asked. */
export function withoutRegistry({ hasStandIn, canStandIn }: Situation): Way {
  if (hasStandIn) return 'use-stand-in'
  return canStandIn ? 'build-stand-in' : 'none'
}
