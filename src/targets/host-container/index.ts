export { loadImages } from './images.ts'
export { type OverSshOptions, overSsh } from './shell.ts'
export { type HostContainer, type HostContainerOptions, startHostContainer } from './start.ts'
export { imageStore, STORE_PLACE, type StoreOptions } from './store.ts'
