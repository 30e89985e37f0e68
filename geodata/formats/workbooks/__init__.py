"""Workbooks (XLSX): their XML within bounds, the cells it holds, and tables read and written."""
