import { lazy, Suspense, useEffect } from "react";
import { Redirect, useRoutes } from "raviger";
import { Access } from "../home/Access";
import { Home } from "../home/Home";
import { Records } from "../home/Records";
import { Loading } from "../ui/Loading";
import { keepSeat } from "./kept";
import { isDevice, manages, oversees, punches, type Seat } from "./seat";
import { DeviceHome, Lost } from "./states";

const Console = lazy(() => import("../console/Console"));
const Day = lazy(() => import("../dashboard/Day"));
const Month = lazy(() => import("../month/Month"));

/** Room is one organization: what is one's own at once, what is others' when it is asked for. */
export function Room({ seat }: { seat: Seat }) {
  useEffect(() => keepSeat(seat.org), [seat.org]);
  const base = `/o/${seat.org}`;
  const part = useRoutes({
    [base]: () => (punches(seat) ? <Home seat={seat} /> : isDevice(seat) ? <DeviceHome /> : <Redirect to={`${base}/day`} />),
    ...(punches(seat) && { [`${base}/records`]: () => <Records seat={seat} />, [`${base}/access`]: () => <Access seat={seat} /> }),
    ...(oversees(seat) && { [`${base}/day`]: () => <Day seat={seat} />, [`${base}/month`]: () => <Month seat={seat} /> }),
    ...(manages(seat) && { [`${base}/manage`]: () => <Console seat={seat} />, [`${base}/manage/*`]: () => <Console seat={seat} /> }),
  });
  return <Suspense fallback={<Loading />}>{part ?? <Lost />}</Suspense>;
}
