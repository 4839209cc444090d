"""The review page: a local web page on which a person decides, by keys, touch, or plain forms."""
