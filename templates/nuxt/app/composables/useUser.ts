import type { User } from '@cloudbox/client'

/** Who is signed in; null is nobody, undefined not known yet: the browser keeps the session, so the server never knows. */
export function useUser() {
  const box = useBox()
  const user = shallowRef<User | null>()
  let stop = () => {}
  onMounted(() => {
    stop = box.auth.onAuthStateChange((_event, session) => (user.value = session?.user ?? null))
  })
  onUnmounted(() => stop())
  return user
}
