package attendance

import (
	"math"
	"net/netip"
	"strings"
)

// Judge says where a punch was, for a command that writes it (events §3). placeID and networkID are empty without a match; distanceM is the
// distance to the nearest place in whole metres, nil without coordinates or places; a rule without places and networks is always inside.
func Judge(p *Plan, lat, lng *float64, ssid, bssid, ip string) (placeID, networkID string, distanceM *int, inside bool) {
	if len(p.places) == 0 && len(p.networks) == 0 {
		return "", "", nil, true
	}
	if lat != nil && lng != nil && len(p.places) > 0 {
		id, metres, hit := p.nearest(*lat, *lng)
		whole := int(math.Round(metres))
		distanceM = &whole
		if hit {
			placeID = id
		}
	}
	networkID = p.network(ssid, bssid, ip)
	return placeID, networkID, distanceM, placeID != "" || networkID != ""
}

// nearest finds the place that holds a point, else the nearest one.
func (p *Plan) nearest(lat, lng float64) (id string, metres float64, hit bool) {
	metres = math.Inf(1)
	for _, place := range p.places {
		d := haversine(lat, lng, place.lat, place.lng)
		inside := d <= place.radius
		if (inside && !hit) || (inside == hit && d < metres) {
			id, metres, hit = place.id, d, inside
		}
	}
	return id, metres, hit
}

// network finds the network that a punch names: all that the entry names must agree, a bssid whatever its case.
func (p *Plan) network(ssid, bssid, ip string) string {
	if ssid == "" && bssid == "" && ip == "" {
		return ""
	}
	address, err := netip.ParseAddr(ip)
	known := err == nil
	for i := range p.networks {
		network := &p.networks[i]
		if network.prefix.IsValid() {
			if known && network.prefix.Contains(address.Unmap()) {
				return network.ID
			}
			continue
		}
		if network.SSID != "" && network.SSID != ssid {
			continue
		}
		if network.BSSID != "" && !strings.EqualFold(network.BSSID, bssid) {
			continue
		}
		return network.ID
	}
	return ""
}

// earthRadius in metres (rules §4).
const earthRadius = 6_371_000

// haversine gives the great-circle distance in metres.
func haversine(lat1, lng1, lat2, lng2 float64) float64 {
	const degree = math.Pi / 180
	dLat, dLng := (lat2-lat1)*degree, (lng2-lng1)*degree
	a := math.Pow(math.Sin(dLat/2), 2) + math.Cos(lat1*degree)*math.Cos(lat2*degree)*math.Pow(math.Sin(dLng/2), 2)
	return 2 * earthRadius * math.Asin(math.Min(1, math.Sqrt(a)))
}

// The ellipsoid that GCJ-02 distorts (Krasovsky 1940): semi-major axis in metres and squared eccentricity.
const (
	gcjAxis         = 6378245.0
	gcjEccentricity = 0.00669342162296594323
)

// gcj02FromWGS84 applies the published distortion; outside China's box the datums are equal.
func gcj02FromWGS84(lat, lng float64) (float64, float64) {
	if lng < 72.004 || lng > 137.8347 || lat < 0.8293 || lat > 55.8271 {
		return lat, lng
	}
	x, y := lng-105, lat-35
	radians := lat / 180 * math.Pi
	magic := 1 - gcjEccentricity*math.Pow(math.Sin(radians), 2)
	root := math.Sqrt(magic)
	dLat := gcjLat(x, y) * 180 / (gcjAxis * (1 - gcjEccentricity) / (magic * root) * math.Pi)
	dLng := gcjLng(x, y) * 180 / (gcjAxis / root * math.Cos(radians) * math.Pi)
	return lat + dLat, lng + dLng
}

func gcjLat(x, y float64) float64 {
	sum := -100 + 2*x + 3*y + 0.2*y*y + 0.1*x*y + 0.2*math.Sqrt(math.Abs(x))
	sum += (20*math.Sin(6*x*math.Pi) + 20*math.Sin(2*x*math.Pi)) * 2 / 3
	sum += (20*math.Sin(y*math.Pi) + 40*math.Sin(y/3*math.Pi)) * 2 / 3
	return sum + (160*math.Sin(y/12*math.Pi)+320*math.Sin(y*math.Pi/30))*2/3
}

func gcjLng(x, y float64) float64 {
	sum := 300 + x + 2*y + 0.1*x*x + 0.1*x*y + 0.1*math.Sqrt(math.Abs(x))
	sum += (20*math.Sin(6*x*math.Pi) + 20*math.Sin(2*x*math.Pi)) * 2 / 3
	sum += (20*math.Sin(x*math.Pi) + 40*math.Sin(x/3*math.Pi)) * 2 / 3
	return sum + (150*math.Sin(x/12*math.Pi)+300*math.Sin(x/30*math.Pi))*2/3
}

// wgs84FromGCJ02 undoes the distortion by fixed-point steps; ten leave less than a millimetre.
func wgs84FromGCJ02(lat, lng float64) (float64, float64) {
	guessLat, guessLng := lat, lng
	for range 10 {
		gotLat, gotLng := gcj02FromWGS84(guessLat, guessLng)
		guessLat, guessLng = guessLat-(gotLat-lat), guessLng-(gotLng-lng)
	}
	return guessLat, guessLng
}
