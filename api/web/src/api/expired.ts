const EXPIRED = "daka.expired";

/** noteExpired remembers, for this tab, that the session ended by itself. */
export const noteExpired = () => sessionStorage.setItem(EXPIRED, "1");

/** expired says that it did, and that nobody signed in since. */
export const expired = () => sessionStorage.getItem(EXPIRED) !== null;

export const forgetExpired = () => sessionStorage.removeItem(EXPIRED);
