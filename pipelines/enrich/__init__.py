"""Facts from elsewhere: one file a service, behind one guarded client."""
