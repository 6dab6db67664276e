/** Says that somebody is `localhost`, for a hundred years, to tests that choose to believe it. It guards nothing. */
export const localhostCertificate = {
  key: `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgksGD6oIMAUGVNwjc
RIB6/7yLIxV24Z6cxHMNOX1wPwShRANCAAQjTrQSblh9kalKaiW3HdVEuolDca0U
VA+2OOZRSQ2N1juRQ15p+TgcYHuexpxx2egu1NmBemafRBKNg6u5kOzD
-----END PRIVATE KEY-----`,
  cert: `-----BEGIN CERTIFICATE-----
MIIBlTCCATugAwIBAgIUQFfuTK7WthrnMv0xUUdQjaJk0KIwCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEzMDA0NTc1NFoYDzIxMjYxMTA2
MDQ1NzU0WjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAAQjTrQSblh9kalKaiW3HdVEuolDca0UVA+2OOZRSQ2N1juRQ15p+Tgc
YHuexpxx2egu1NmBemafRBKNg6u5kOzDo2kwZzAdBgNVHQ4EFgQUjJdRFmlOq+Nx
b2gscnUUirtzqSUwHwYDVR0jBBgwFoAUjJdRFmlOq+Nxb2gscnUUirtzqSUwDwYD
VR0TAQH/BAUwAwEB/zAUBgNVHREEDTALgglsb2NhbGhvc3QwCgYIKoZIzj0EAwID
SAAwRQIgWkojDDUHQZIXGbRYwB+ErfqpWy3YwR/TTwsr8H3XjyYCIQDZzzLvZ6ji
NUeg930BxFLMFsGgY8Wj1yKiNIOa1qRpyQ==
-----END CERTIFICATE-----`,
}
