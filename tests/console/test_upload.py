"""The order and the headers with which the console is uploaded, here and to AWS."""

from centops_local import console_files


class RecordingBucket:
    """Takes uploads as the S3 client does, and records them."""

    def __init__(self) -> None:
        self.uploads: list[tuple[str, str, dict[str, str]]] = []

    def upload_file(self, _path: str, bucket: str, name: str, ExtraArgs: dict[str, str]) -> None:
        self.uploads.append((bucket, name, ExtraArgs))


def test_assets_are_uploaded_first_and_kept_and_the_page_last(tmp_path):
    for name in ("index.html", "icon.svg", "assets/now-1a2b.js", "assets/style-3c4d.css"):
        file = tmp_path / name
        file.parent.mkdir(exist_ok=True)
        file.write_text("content")
    s3 = RecordingBucket()
    assert console_files.upload(s3, "console-bucket", tmp_path) == 4
    assert {bucket for bucket, *_ in s3.uploads} == {"console-bucket"}
    assert [name for _, name, _ in s3.uploads] == [
        "assets/now-1a2b.js", "assets/style-3c4d.css", "icon.svg", "index.html",
    ]
    headers = {name: (extra["CacheControl"], extra["ContentType"]) for _, name, extra in s3.uploads}
    assert headers["assets/now-1a2b.js"] == ("public, max-age=31536000, immutable", "text/javascript")
    assert headers["index.html"] == ("no-cache", "text/html")
    assert headers["icon.svg"] == ("no-cache", "image/svg+xml")
