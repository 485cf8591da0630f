"""The process that puts together everything we keep about a person, for that person."""
