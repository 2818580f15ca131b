// Package report writes assessed days and months as people's files: the columns of DingTalk's daily report, a month's figures as CSV or as a
// workbook, a row per member and day. It decides nothing: what stands in a file stands in the read models.
package report
