import { useQueryClient } from "@tanstack/react-query";
import { navigate, Redirect, usePath, useRoutes } from "raviger";
import { forgetExpired } from "../api/expired";
import { keepNext, takeNext } from "../shell/kept";
import { Reset } from "./Reset";
import { SignIn } from "./SignIn";
import { SignUp } from "./SignUp";
import { TokenDoor } from "./TokenDoor";

/** Outside is what somebody sees who is not signed in; a deep link waits until they are. */
export function Outside() {
  const enter = useEnter();
  const door = useRoutes({
    "/signup": () => <SignUp onDone={enter} />,
    "/reset": () => <Reset onDone={enter} />,
    "/token": () => <TokenDoor onDone={enter} />,
    "/signin": () => <SignIn onDone={enter} />,
    "/join/:code": ({ code }) => <Invited code={code} />,
  });
  return <main className="outside">{door ?? <Later />}</main>;
}

/** useEnter goes in: to where the person wanted to go, else to the first room. */
function useEnter() {
  const queries = useQueryClient();
  return async () => {
    forgetExpired();
    await queries.resetQueries();
    navigate(takeNext() ?? "/", { replace: true });
  };
}

/** Invited has no account on this device yet, most likely. */
function Invited({ code }: { code: string }) {
  keepNext(`/join/${encodeURIComponent(code)}`);
  return <Redirect to="/signup" />;
}

function Later() {
  const at = usePath() ?? "/";
  if (at !== "/") keepNext(at);
  return <Redirect to="/signin" />;
}
