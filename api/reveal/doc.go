// Package reveal opens personal values for an answer, and records who looked.
//
// Values opens what lies sealed in the read models; what was erased is left out. Looks writes AccessRecorded before where another member
// was may be shown: no record, no answer. ShutPlaces and WithoutPlaces leave places out for whom they are not open.
package reveal
