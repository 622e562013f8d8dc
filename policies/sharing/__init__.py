"""Sharing: one encrypted, signed file for one grantee, made of what their view shows and nothing else.

identity.py   a recipient's key, their contact card, the number read aloud
package.py    the file made: header, data, signature, age
sheets.py     a view's tables as CSV, FHIR and a page to read
opening.py    the file opened: everything checked before anything is shown
summary.py    a rounded card for a community
"""
