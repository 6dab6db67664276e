import { Component, inject } from '@angular/core'
import { box } from './cloudbox'
import { CurrentUser } from './current-user'
import { SignIn } from './sign-in'
import { TodoPane } from './todo-pane'
import { Waiting } from './waiting'

@Component({
  selector: 'app-root',
  imports: [SignIn, TodoPane, Waiting],
  templateUrl: './app.html',
})
export class App {
  protected readonly user = inject(CurrentUser).user

  protected signOut(): void {
    void box.auth.signOut()
  }
}
