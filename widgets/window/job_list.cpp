// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/window/job_list.h"

#include "widgets/base/elided_label.h"
#include "widgets/base/icons.h"
#include "widgets/base/tabular.h"

#include <QGridLayout>
#include <QKeyEvent>
#include <QLabel>
#include <QProgressBar>
#include <QPushButton>
#include <QScreen>
#include <QToolButton>

#include <algorithm>
#include <cmath>
#include <utility>

namespace bitloom {

namespace {

constexpr int kListSteps = 1000;
constexpr int kListColumns = 64; // characters wide

} // namespace

JobList::JobList(QWidget* parent)
    : QFrame(parent, Qt::Popup)
    , m_rows(new QVBoxLayout)
    , m_idle(new QLabel(tr("Nothing runs and nothing waits."), this))
    , m_stopAll(new QPushButton(glyph(QStringLiteral("stop")), tr("Stop &all"), this))
{
    setObjectName(QStringLiteral("jobList"));
    setAccessibleName(tr("Jobs"));
    setFrameShape(QFrame::StyledPanel);
    setFocusPolicy(Qt::StrongFocus);
    m_idle->setObjectName(QStringLiteral("jobListIdle"));
    m_stopAll->setObjectName(QStringLiteral("jobStopAll"));
    m_stopAll->setAccessibleName(tr("Stop all jobs"));
    m_stopAll->setToolTip(tr("Stop all that runs or waits and keep what is done"));
    connect(m_stopAll, &QPushButton::clicked, this, &JobList::stopAllRequested);
    auto* layout = new QVBoxLayout(this);
    layout->setSpacing(8);
    layout->addWidget(m_idle);
    layout->addLayout(m_rows);
    layout->addWidget(m_stopAll, 0, Qt::AlignRight);
    setRows({});
}

JobList::Line JobList::makeLine(const QString& id)
{
    Line line{id,
              new QWidget(this),
              new ElidedLabel(this),
              new QLabel(this),
              new QProgressBar(this),
              new QToolButton(this)};
    line.title->setObjectName(QStringLiteral("jobTitle-") + id);
    line.title->setTextFormat(Qt::PlainText);
    useTabularFigures(line.title);
    useTabularFigures(line.state);
    line.title->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
    line.state->setObjectName(QStringLiteral("jobState-") + id);
    line.progress->setObjectName(QStringLiteral("jobProgress-") + id);
    line.progress->setFixedWidth(fontMetrics().averageCharWidth() * 14);
    line.stop->setObjectName(QStringLiteral("jobStop-") + id);
    line.stop->setIcon(glyph(QStringLiteral("stop")));
    line.stop->setText(tr("Stop"));
    line.stop->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
    line.stop->setFocusPolicy(Qt::StrongFocus);
    line.stop->setToolTip(tr("Stop it and keep what is done"));
    connect(line.stop, &QToolButton::clicked, this, [this, id] { emit stopRequested(id); });
    auto* grid = new QGridLayout(line.box);
    grid->setContentsMargins(0, 0, 0, 0);
    grid->setVerticalSpacing(2);
    grid->addWidget(line.title, 0, 0);
    grid->addWidget(line.state, 1, 0);
    grid->addWidget(line.progress, 0, 1, 2, 1, Qt::AlignVCenter);
    grid->addWidget(line.stop, 0, 2, 2, 1, Qt::AlignVCenter);
    grid->setColumnStretch(0, 1);
    m_rows->addWidget(line.box);
    return line;
}

void JobList::showRow(const Line& line, const JobRow& row)
{
    line.title->setText(row.title);
    line.title->setToolTip(row.title);
    line.state->setText(row.state);
    QSizePolicy policy = line.progress->sizePolicy();
    policy.setRetainSizeWhenHidden(true);
    line.progress->setSizePolicy(policy);
    line.progress->setVisible(row.fraction >= 0);
    line.progress->setRange(0, kListSteps);
    line.progress->setValue(
        static_cast<int>(std::lround(std::min(row.fraction, 1.0) * kListSteps)));
    line.progress->setAccessibleName(tr("Progress of %1").arg(row.title));
    line.stop->setEnabled(row.canStop);
    line.stop->setAccessibleName(tr("Stop %1").arg(row.title));
    line.stop->setAccessibleDescription(row.state);
}

void JobList::setRows(const QList<JobRow>& rows)
{
    const bool same =
        std::equal(rows.begin(), rows.end(), m_lines.begin(), m_lines.end(),
                   [](const JobRow& row, const Line& line) { return row.id == line.id; });
    if (!same)
        rebuild(rows);
    for (qsizetype i = 0; i < rows.size(); ++i)
        showRow(m_lines[i], rows[i]);
    m_idle->setVisible(rows.isEmpty());
    m_stopAll->setVisible(!rows.isEmpty());
    if (!same && isVisible())
        place();
}

/// A job's line moves when it begins, and goes when it ends; the others stay themselves.
void JobList::rebuild(const QList<JobRow>& rows)
{
    QList<Line> before = std::exchange(m_lines, {});
    for (const JobRow& row : rows) {
        const auto found = std::find_if(before.begin(), before.end(),
                                        [&](const Line& line) { return line.id == row.id; });
        if (found == before.end()) {
            m_lines.append(makeLine(row.id));
            continue;
        }
        m_rows->removeWidget(found->box);
        m_rows->addWidget(found->box);
        m_lines.append(*found);
        before.erase(found);
    }
    for (const Line& line : std::as_const(before)) {
        if (line.stop->hasFocus())
            setFocus();
        line.box->hide();
        line.box->deleteLater();
    }
}

void JobList::popUp(const QPoint& globalPosition)
{
    m_corner = globalPosition;
    ensurePolished();
    place();
    show();
    if (m_lines.isEmpty())
        setFocus(Qt::PopupFocusReason);
    else
        m_lines.first().stop->setFocus(Qt::PopupFocusReason);
}

void JobList::place()
{
    layout()->activate();
    resize(fontMetrics().averageCharWidth() * kListColumns, layout()->sizeHint().height());
    const QRect room = screen()->availableGeometry();
    move(std::clamp(m_corner.x(), room.left(), std::max(room.left(), room.right() - width())),
         std::clamp(m_corner.y() - height(), room.top(),
                    std::max(room.top(), room.bottom() - height())));
}

void JobList::keyPressEvent(QKeyEvent* event)
{
    if (event->key() == Qt::Key_Escape)
        close();
    else
        QFrame::keyPressEvent(event);
}

} // namespace bitloom
