/** The client id of every app at the made-up providers. */
export const fakeClientId = 'cloudbox-dev'
