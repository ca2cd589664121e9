"""The chapters of the report, one file each: artefacts in, HTML out, no figure computed that an artefact could hold."""
