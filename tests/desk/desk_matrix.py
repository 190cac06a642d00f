"""What each view of the desk asks for, written out, so that a view that forgets or changes its permission fails a test.

By the permissions any one of which opens it: the names of the routes. `SIGNED_IN` takes a session and no permission, `OPEN`
nothing at all.
"""

from typing import Final

SIGNED_IN: Final = ("",)
OPEN: Final = ()

MATRIX: Final[dict[tuple[str, ...], set[str]]] = {
    OPEN: {"sign_in", "second_step", "openid_connect_login", "openid_connect_callback", "missing"},
    SIGNED_IN: {
        "home", "account", "password", "sign_out", "view_save", "view_drop", "approval_withdraw",
        "files", "file", "file_download",
        "factors", "factor_totp", "factor_passkey", "factor_remove", "factor_codes", "recovery_codes",
    },
    # those who send
    ("source.read",): {"sources", "source", "source_template"},
    ("batch.submit",): {"supply"},
    ("batch.submit", "batch.try"): {
        "send", "upload", "upload_finish", "trial_file", "upload_begin", "upload_piece", "upload_end", "upload_cancel",
    },
    ("batch.read",): {"batches", "batch", "batch_report"},
    ("held.read",): {"waiting", "waiting_lines", "waiting_line", "batch_marked", "quarantine", "quarantine_row", "work_purpose"},
    ("held.drop",): {"waiting_drop", "quarantine_drop"},
    ("quality.read",): {"quality", "quality_supplier"},
    ("own.read",): {"own"},
    ("own.report",): {"own_report"},
    ("document.sign",): {
        "sign_documents", "sign_document", "sign_document_bytes", "sign_signature_bytes", "sign_roots", "sign_by_file", "sign_by_tool",
    },
    # those who judge
    ("batch.withdraw",): {"batch_withdraw"},
    ("held.release",): {"quarantine_release"},
    ("review.read",): {"review", "review_item", "review_next"},
    ("review.decide",): {"review_accept", "review_reject", "review_undo"},
    ("subject.read",): {"subjects", "subject", "subject_purpose", "record", "commitment_scan"},
    ("report.issue",): {"subject_report"},
    ("subject.reveal",): {"record_reveal"},
    ("finding.read",): {"findings", "finding", "finding_purpose", "finding_rows", "finding_weights"},
    ("warning.read",): {"warnings", "warning"},
    ("warning.answer",): {"warning_acknowledge", "warning_answer"},
    ("warning.judge",): {"warning_judge"},
    ("warning.rules",): {"warning_rules"},
    ("monitor.read",): {
        "monitor", "monitor_definitions", "monitor_platform", "monitor_report", "monitor_file",
    },
    ("disclosure.read",): {
        "disclosures", "disclosure_platforms", "disclosure", "disclosure_pages", "disclosure_page", "disclosure_page_source",
    },
    ("disclosure.check",): {"disclosure_page_send", "disclosure_run"},
    ("disclosure.answer",): {"disclosure_answer"},
    ("disclosure.settle",): {"disclosure_settle"},
    ("disclosure.confirm",): {"disclosure_confirm"},
    ("monitor.make",): {"monitor_make", "monitor_comment", "monitor_withdraw"},
    ("monitor.sign",): {"monitor_sign"},
    ("commitment.read",): {"commitments", "commitment", "commitment_figures", "commitment_figures_file"},
    ("commitment.make",): {"commitment_make"},
    ("commitment.make", "commitment.take"): {"commitment_withdraw"},
    ("commitment.take",): {"commitment_paper"},
    ("breach.read",): {"breaches", "breach", "breach_file"},
    ("breach.open",): {"breach_open", "breach_tell", "breach_add", "breach_drop"},
    ("breach.answer", "breach.open"): {"breach_answer"},
    ("breach.decide",): {"breach_decide"},
    ("breach.undo",): {"breach_undo"},
    ("story.read",): {"stories", "story", "story_picture", "story_look"},
    ("story.write",): {"story_new", "story_edit", "story_picture_add"},
    ("story.publish",): {"story_propose"},
    ("story.take_down",): {"story_take_down"},
    ("weights.adopt",): {"finding_weights_adopt"},
    ("model.read",): {
        "studio", "studio_version", "studio_diff", "studio_trial", "studio_moves", "studio_matrix",
        "backtests", "backtest", "backtest_file",
    },
    ("model.draft",): {"studio_draft", "studio_rollback"},
    ("model.try",): {"studio_try"},
    ("model.adopt",): {"studio_propose"},
    ("finding.confirm",): {"finding_confirm"},
    ("finding.dismiss",): {"finding_dismiss"},
    ("record.correct",): {"record_correct"},
    ("record.withdraw",): {"record_withdraw"},
    ("subject.merge", "subject.split"): {"merges"},
    ("subject.merge",): {"merge_compare", "merge_ask"},
    ("subject.split",): {"merge_split"},
    ("approval.decide",): {"approvals", "approval", "approval_decide"},
    # those who administer and watch
    ("catalog.read",): {
        "catalog", "catalog_sources", "catalog_source", "catalog_laws", "catalog_law", "catalog_codes", "catalog_code",
        "catalog_departments", "catalog_models", "catalog_model", "catalog_terms", "catalog_file",
    },
    ("organisation.manage",): {"organisations", "organisation", "organisation_register", "organisation_dates"},
    ("person.manage", "role.grant", "session.end", "factor.reset"): {"people", "person"},
    ("person.manage",): {"person_register", "person_disable", "person_enable", "person_password"},
    ("role.grant",): {"role_grant", "role_revoke"},
    ("role.grant", "catalog.read"): {"roles"},
    ("session.end",): {"sessions", "session_end", "person_end_sessions"},
    ("factor.reset",): {"person_reset_factor"},
    ("apikey.manage",): {"keys", "key_issue", "key_rotate", "key_revoke"},
    ("job.read",): {"jobs"},
    ("job.manage",): {"job_retry", "job_cancel"},
    ("evaluation.run", "log.audit"): {"job_start"},
    ("evaluation.run",): {"backtest_start"},
    ("journal.read",): {"journal"},
}  # fmt: skip
NEEDED: Final = {name: needed for needed, names in MATRIX.items() for name in names}
