import { Component, signal, type OnInit } from '@angular/core'
import type { AuthOptions, CloudBoxError } from '@cloudbox/client'
import { box } from './cloudbox'
import { Problem } from './problem'
import { Waiting } from './waiting'

/** A button for each provider. Where none is set up, made-up people stand behind them in development. */
@Component({
  selector: 'app-sign-in',
  imports: [Problem, Waiting],
  templateUrl: './sign-in.html',
})
export class SignIn implements OnInit {
  protected readonly options = signal<AuthOptions | null>(null)
  protected readonly error = signal<CloudBoxError | null>(null)

  async ngOnInit(): Promise<void> {
    await this.load()
    // What came of the way to a provider and back: it may have been cancelled there.
    const { error } = await box.auth.redirectResult()
    if (error) this.error.set(error)
  }

  protected async load(): Promise<void> {
    const { data, error } = await box.auth.options()
    this.options.set(data)
    this.error.set(error)
  }

  protected async signIn(provider: string): Promise<void> {
    this.error.set((await box.auth.signInWithOAuth({ provider })).error)
  }
}
