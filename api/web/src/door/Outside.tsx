import { useQueryClient } from "@tanstack/react-query";
import { Redirect, Route, Switch, useLocation } from "wouter";
import { keepNext, takeNext } from "../shell/kept";
import { Reset } from "./Reset";
import { SignIn } from "./SignIn";
import { SignUp } from "./SignUp";
import { TokenDoor } from "./TokenDoor";

/** Outside is what somebody sees who is not signed in; a deep link waits until they are. */
export function Outside() {
  const enter = useEnter();
  return (
    <main className="outside">
      <Switch>
        <Route path="/signup"><SignUp onDone={enter} /></Route>
        <Route path="/reset"><Reset onDone={enter} /></Route>
        <Route path="/token"><TokenDoor onDone={enter} /></Route>
        <Route path="/signin"><SignIn onDone={enter} /></Route>
        <Route path="/join/:code">{({ code }) => <Invited code={code} />}</Route>
        <Route><Later /></Route>
      </Switch>
    </main>
  );
}

/** useEnter goes in: to where the person wanted to go, else to the first room. */
function useEnter() {
  const queries = useQueryClient();
  const [, go] = useLocation();
  return async () => {
    await queries.resetQueries();
    go(takeNext() ?? "/", { replace: true });
  };
}

/** Invited has no account on this device yet, most likely. */
function Invited({ code }: { code: string }) {
  keepNext(`/join/${encodeURIComponent(code)}`);
  return <Redirect to="/signup" replace />;
}

function Later() {
  const [at] = useLocation();
  if (at !== "/") keepNext(at);
  return <Redirect to="/signin" replace />;
}
