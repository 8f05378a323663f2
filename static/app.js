// What every page does beyond HTML. Everything also works without this file.
"use strict";

// Times are written by the server in the reader's own zone, once it knows that zone.
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
const secure = location.protocol === "https:" ? "; secure" : "";
// Only where it is another one: browsers drop the pages that they keep in memory when a cookie is set.
const known = document.cookie.split("; ").includes(`tz=${zone}`);
if (zone && !known) document.cookie = `tz=${zone}; path=/; max-age=31536000; samesite=lax${secure}`;

// A form that was refused begins at its list of problems.
document.getElementById("error-summary")?.focus();

// A page that comes back from the browser's memory may be true no more, so it is asked for anew: but never over what
// somebody was typing in it.
const TYPED = "textarea, input:is([type=text], [type=url], [type=email])";
const isTypedIn = () => [...document.querySelectorAll(TYPED)].some((field) => field.value !== field.defaultValue);
window.addEventListener("pageshow", ({ persisted }) => { if (persisted && !isTypedIn()) location.reload(); });
