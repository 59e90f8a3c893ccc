"""Data as it is written: read strictly, compared, looked into, and filled where it says `{{ … }}`."""
