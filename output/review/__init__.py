"""The review page: a local web page for deciding on candidates by keys, touch or plain forms."""
