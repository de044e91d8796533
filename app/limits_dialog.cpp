// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/limits_dialog.h"

#include <QDialogButtonBox>
#include <QDoubleSpinBox>
#include <QGridLayout>
#include <QLabel>
#include <QPushButton>
#include <QVBoxLayout>

#include <algorithm>
#include <map>

namespace bitloom {

namespace {

constexpr double kMostBits = 32;

/// The quantizable slots of a model by role, in the order of the roles' names.
std::map<QString, QList<int>> slotsByRole(const Model& model)
{
    std::map<QString, QList<int>> roles;
    for (int slot = 0; slot < static_cast<int>(model.graph.slots.size()); ++slot)
        if (const Slot& place = model.graph.slots[static_cast<size_t>(slot)]; place.quantizable)
            roles[QString::fromUtf8(roleName(place.role))].append(slot);
    return roles;
}

QLabel* heading(const QString& text)
{
    auto* label = new QLabel(text);
    QFont font = label->font();
    font.setBold(true);
    label->setFont(font);
    return label;
}

} // namespace

LimitsDialog::LimitsDialog(Session& session, QWidget* parent)
    : QDialog(parent)
    , m_session(session)
{
    setObjectName("limitsDialog");
    setWindowTitle(tr("Limits of the fit"));
    auto* about = new QLabel(tr("A fit gives the layers of a role no fewer and no more bits per "
                                "weight than this, scales included. Locked layers stay as they "
                                "are."));
    about->setWordWrap(true);
    m_problem = new QLabel;
    m_problem->setObjectName("limitsProblem");
    m_problem->setWordWrap(true);
    auto* buttons = new QDialogButtonBox(QDialogButtonBox::Ok | QDialogButtonBox::Cancel |
                                         QDialogButtonBox::Reset);
    m_ok = buttons->button(QDialogButtonBox::Ok);
    m_ok->setObjectName("limitsOk");
    buttons->button(QDialogButtonBox::Cancel)->setObjectName("limitsCancel");
    QPushButton* none = buttons->button(QDialogButtonBox::Reset);
    none->setObjectName("limitsNone");
    none->setText(tr("&No limits"));
    connect(buttons, &QDialogButtonBox::accepted, this, &LimitsDialog::accept);
    connect(buttons, &QDialogButtonBox::rejected, this, &LimitsDialog::reject);
    connect(none, &QPushButton::clicked, this, &LimitsDialog::removeAll);

    auto* grid = new QGridLayout;
    grid->addWidget(heading(tr("Role")), 0, 0);
    grid->addWidget(heading(tr("Layers")), 0, 1, Qt::AlignRight);
    grid->addWidget(heading(tr("At least")), 0, 2);
    grid->addWidget(heading(tr("At most")), 0, 3);
    grid->setColumnStretch(0, 1);
    grid->setHorizontalSpacing(16);
    for (const auto& [role, members] : slotsByRole(session.model()))
        addRow(grid, {role, members, {}, {}});
    auto* layout = new QVBoxLayout(this);
    layout->addWidget(about);
    layout->addLayout(grid);
    layout->addWidget(m_problem);
    layout->addStretch();
    layout->addWidget(buttons);
    edited();
}

void LimitsDialog::addRow(QGridLayout* into, Row row)
{
    const int line = into->rowCount();
    row.least = bound(row, &FitLimits::leastBits, "least " + row.title,
                      tr("Fewest bits of %1").arg(row.title));
    row.most =
        bound(row, &FitLimits::mostBits, "most " + row.title, tr("Most bits of %1").arg(row.title));
    into->addWidget(new QLabel(row.title), line, 0);
    into->addWidget(new QLabel(locale().toString(row.members.size())), line, 1, Qt::AlignRight);
    into->addWidget(row.least.box, line, 2);
    into->addWidget(row.most.box, line, 3);
    m_rows.append(row);
}

LimitsDialog::Bound LimitsDialog::bound(const Row& row, std::optional<double> FitLimits::*of,
                                        const QString& name, const QString& label)
{
    const auto present = [&](int slot) { return m_session.choice(slot).fit.*of; };
    const std::optional<double> first = present(row.members.first());
    Bound bound;
    bound.differs = std::any_of(row.members.begin(), row.members.end(),
                                [&](int slot) { return present(slot) != first; });
    bound.box = new QDoubleSpinBox;
    bound.box->setObjectName(name);
    bound.box->setAccessibleName(label);
    bound.box->setRange(0, kMostBits);
    bound.box->setSingleStep(0.5);
    bound.box->setSpecialValueText(bound.differs ? tr("various") : tr("none"));
    bound.box->setSuffix(tr(" bits"));
    bound.box->setValue(bound.differs ? 0 : first.value_or(0));
    connect(bound.box, &QDoubleSpinBox::valueChanged, this, &LimitsDialog::edited);
    return bound;
}

void LimitsDialog::removeAll()
{
    for (Row& row : m_rows)
        for (Bound* bound : {&row.least, &row.most}) {
            bound->differs = false;
            bound->box->setSpecialValueText(tr("none"));
            bound->box->setValue(0);
        }
}

void LimitsDialog::edited()
{
    const auto isCrossed = [](const Row& row) {
        return row.most.box->value() > 0 && row.least.box->value() > row.most.box->value();
    };
    const auto crossed = std::find_if(m_rows.begin(), m_rows.end(), isCrossed);
    m_ok->setEnabled(crossed == m_rows.end());
    m_problem->setText(crossed == m_rows.end()
                           ? QString()
                           : tr("%1 may have at most %2 bits, fewer than at least.")
                                 .arg(crossed->title, crossed->most.box->cleanText()));
}

void LimitsDialog::accept()
{
    Recipe limited = m_session.recipe();
    const auto set = [](const Bound& bound, std::optional<double>& limit) {
        if (const double bits = bound.box->value(); bits > 0)
            limit = bits;
        else if (!bound.differs)
            limit.reset();
    };
    for (const Row& row : m_rows)
        for (const int slot : row.members) {
            const Slot& place = m_session.model().graph.slots[static_cast<size_t>(slot)];
            FitLimits& limits = limited.slots[place.name].fit;
            set(row.least, limits.leastBits);
            set(row.most, limits.mostBits);
        }
    m_session.replaceRecipe(limited, tr("Limits of the fit"), false);
    QDialog::accept();
}

} // namespace bitloom
