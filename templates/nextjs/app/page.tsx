import { Todos } from '../components/Todos'

export default function Page() {
  return <Todos />
}
