// Debian 12's Node.js 18 has Web Crypto but not as a global, which openid-client expects: scripts import this file first.
import { webcrypto } from "node:crypto";

globalThis.crypto ??= webcrypto;
