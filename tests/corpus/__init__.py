"""Small networks that tests of several backends share."""
