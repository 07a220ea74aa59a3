"""`GET /release/current` and `/release/history`: what the Pi could update to."""

from fastapi import APIRouter

from obd2_api.dependencies import DatabaseDep
from obd2_api.errors import NoReleaseError
from obd2_api.releases import ReleaseHistory, ReleaseRecord
from obd2_api.repository.releases import published_releases
from obd2_api.schemas.wire import problem_responses

router = APIRouter(prefix="/release", tags=["release"])


@router.get(
    "/current",
    summary="Read the current release",
    responses=problem_responses(s503="No release is published, or the database cannot take the request now."),
)
def current_release(database: DatabaseDep) -> ReleaseRecord:
    """Return the release that was published last.

    The Pi asks at most once an hour. It takes 503 as "nothing published"; 404 would be an error in its log.
    """
    releases = database.read(lambda session: published_releases(session, limit=1))
    if not releases:
        raise NoReleaseError("No release is published")
    return releases[0]


@router.get("/history", summary="List the latest releases")
def release_history(database: DatabaseDep) -> ReleaseHistory:
    """Return the latest published releases, newest first; none is an empty list."""
    return ReleaseHistory(releases=database.read(published_releases))
