import { lazy, Suspense, useEffect } from "react";
import { Redirect, Route, Switch } from "wouter";
import { Access } from "../home/Access";
import { Home } from "../home/Home";
import { Records } from "../home/Records";
import { Loading } from "../ui/Loading";
import { keepSeat } from "./kept";
import { manages, oversees, type Seat } from "./seat";
import { Lost } from "./states";

const Console = lazy(() => import("../console/Console"));
const Day = lazy(() => import("../dashboard/Day"));

/** Room is one organization: what is one's own at once, what is others' when it is asked for. */
export function Room({ seat }: { seat: Seat }) {
  useEffect(() => keepSeat(seat.org), [seat.org]);
  const base = `/o/${seat.org}`;
  return (
    <Suspense fallback={<Loading />}>
      <Switch>
        <Route path={base}>{seat.member ? <Home seat={seat} /> : <Redirect to={`${base}/day`} replace />}</Route>
        {seat.member && <Route path={`${base}/records`}><Records seat={seat} /></Route>}
        {seat.member && <Route path={`${base}/access`}><Access seat={seat} /></Route>}
        {oversees(seat) && <Route path={`${base}/day`}><Day org={seat.org} /></Route>}
        {manages(seat) && <Route path={`${base}/manage/*?`}><Console seat={seat} /></Route>}
        <Route><Lost /></Route>
      </Switch>
    </Suspense>
  );
}
