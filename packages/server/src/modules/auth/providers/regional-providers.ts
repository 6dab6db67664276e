import type { Provider } from '../oauth/legs/provider.ts'
import { profileFrom } from './profile-from.ts'

/** Providers that many use in one part of the world. */
export const regionalProviders: readonly Provider[] = [
  {
    id: 'line',
    name: 'LINE',
    color: '#06c755',
    endpoints: {
      authorize: 'https://access.line.me/oauth2/v2.1/authorize',
      token: 'https://api.line.me/oauth2/v2.1/token',
      userinfo: 'https://api.line.me/oauth2/v2.1/userinfo',
    },
    scopes: ['openid', 'profile'],
    trustEmail: false,
    docsUrl: 'https://developers.line.biz/en/docs/line-login/integrate-line-login/',
    profile: profileFrom({ subject: 'sub', name: 'name', avatarUrl: 'picture' }),
  },
  {
    id: 'kakao',
    name: 'Kakao',
    color: '#fee500',
    endpoints: {
      authorize: 'https://kauth.kakao.com/oauth/authorize',
      token: 'https://kauth.kakao.com/oauth/token',
      userinfo: 'https://kapi.kakao.com/v2/user/me',
    },
    scopes: ['account_email', 'profile_nickname', 'profile_image'],
    trustEmail: false,
    docsUrl: 'https://developers.kakao.com/docs/latest/en/kakaologin/rest-api',
    profile: profileFrom({
      subject: 'id',
      email: 'kakao_account.email',
      emailVerified: 'kakao_account.is_email_verified',
      name: 'kakao_account.profile.nickname',
      avatarUrl: 'kakao_account.profile.profile_image_url',
    }),
  },
  {
    id: 'naver',
    name: 'Naver',
    color: '#03c75a',
    endpoints: {
      authorize: 'https://nid.naver.com/oauth2.0/authorize',
      token: 'https://nid.naver.com/oauth2.0/token',
      userinfo: 'https://openapi.naver.com/v1/nid/me',
    },
    scopes: [],
    trustEmail: false,
    docsUrl: 'https://developers.naver.com/docs/login/api/api.md',
    profile: profileFrom({
      subject: 'response.id',
      email: 'response.email',
      name: ['response.name', 'response.nickname'],
      avatarUrl: 'response.profile_image',
    }),
  },
  {
    id: 'yandex',
    name: 'Yandex',
    color: '#fc3f1d',
    endpoints: {
      authorize: 'https://oauth.yandex.com/authorize',
      token: 'https://oauth.yandex.com/token',
      userinfo: 'https://login.yandex.ru/info?format=json',
    },
    scopes: ['login:email', 'login:info'],
    trustEmail: false,
    docsUrl: 'https://yandex.com/dev/id/doc/en/',
    profile: profileFrom({
      subject: 'id',
      email: 'default_email',
      name: ['real_name', 'display_name'],
      username: 'login',
    }),
  },
  {
    id: 'mailru',
    name: 'Mail.ru',
    color: '#005ff9',
    endpoints: {
      authorize: 'https://oauth.mail.ru/login',
      token: 'https://oauth.mail.ru/token',
      userinfo: 'https://oauth.mail.ru/userinfo?access_token={accessToken}',
    },
    scopes: ['userinfo'],
    trustEmail: false,
    clientAuth: 'basic',
    docsUrl: 'https://id.vk.com/about/business/go/docs',
    profile: profileFrom({
      subject: 'id',
      email: 'email',
      name: 'name',
      avatarUrl: 'image',
      username: 'nickname',
    }),
  },
]
