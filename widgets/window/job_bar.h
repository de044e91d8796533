// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

class QProgressBar;
class QToolButton;

namespace bitloom {

class ElidedLabel;

/// The running job: progress, what it is doing, a way to stop it and one to the list of all jobs.
/// Hidden while idle; what stands beside it stays where it is.
class JobBar : public QWidget {
    Q_OBJECT

public:
    explicit JobBar(QWidget* parent = nullptr);

    /// `what` runs, with a `fraction` of 0…1, negative when unknown. `note` says what is left of it
    /// and what else runs or waits: "about 2 min left, 1 waiting".
    void setJob(const QString& what, double fraction, const QString& note = {});
    void setIdle();

signals:
    void cancelRequested();
    void listRequested();

private:
    QToolButton* makeButton(const QString& name, const QString& text, const QString& help);

    QProgressBar* m_progress = nullptr;
    ElidedLabel* m_text = nullptr;
};

} // namespace bitloom
