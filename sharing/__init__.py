"""What members share, as STIX objects in collections by releasability."""
