// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/dialogs/limits_dialog.h"

#include <QDialogButtonBox>
#include <QDoubleSpinBox>
#include <QGridLayout>
#include <QLabel>
#include <QPushButton>
#include <QVBoxLayout>

#include <algorithm>
#include <map>
#include <utility>

namespace bitloom {

namespace {

constexpr double kMostBits = 32;

/// The quantizable slots of a model by role, in the order of the roles' names.
std::map<QString, QList<int>> slotsByRole(const Model& model)
{
    std::map<QString, QList<int>> roles;
    for (int slot = 0; slot < static_cast<int>(model.graph.slots.size()); ++slot)
        if (const Slot& place = model.graph.slot(slot); place.quantizable)
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
        addRow(grid, role, members);
    auto* layout = new QVBoxLayout(this);
    layout->addWidget(about);
    layout->addLayout(grid);
    layout->addWidget(m_problem);
    layout->addStretch();
    layout->addWidget(buttons);
    connect(&session, &Session::aboutToOpen, this, &LimitsDialog::reject);
    check();
}

void LimitsDialog::addRow(QGridLayout* into, const QString& title, const QList<int>& members)
{
    const int line = into->rowCount();
    Row row{title, members, {}, {}};
    row.least.box = makeBox(members, &FitLimits::leastBits, "least " + title,
                            tr("Fewest bits of %1").arg(title));
    row.most.box =
        makeBox(members, &FitLimits::mostBits, "most " + title, tr("Most bits of %1").arg(title));
    into->addWidget(new QLabel(title), line, 0);
    into->addWidget(new QLabel(locale().toString(members.size())), line, 1, Qt::AlignRight);
    into->addWidget(row.least.box, line, 2);
    into->addWidget(row.most.box, line, 3);
    m_rows.append(row);
}

QDoubleSpinBox* LimitsDialog::makeBox(const QList<int>& members,
                                      std::optional<double> FitLimits::*of, const QString& name,
                                      const QString& label)
{
    const auto present = [&](int slot) { return m_session.choice(slot).fit.*of; };
    const std::optional<double> first = present(members.first());
    const bool differ = std::any_of(members.begin(), members.end(),
                                    [&](int slot) { return present(slot) != first; });
    auto* box = new QDoubleSpinBox;
    box->setObjectName(name);
    box->setAccessibleName(label);
    box->setRange(0, kMostBits);
    box->setSingleStep(0.5);
    box->setSpecialValueText(differ ? tr("various") : tr("none"));
    box->setSuffix(tr(" bits"));
    box->setValue(differ ? 0 : first.value_or(0));
    connect(box, &QDoubleSpinBox::valueChanged, this, [this, box] { boxEdited(box); });
    return box;
}

void LimitsDialog::removeAll()
{
    for (const Row& row : std::as_const(m_rows))
        for (QDoubleSpinBox* box : {row.least.box, row.most.box}) {
            box->setSpecialValueText(tr("none"));
            box->setValue(0);
            boxEdited(box); // also one that showed various
        }
}

void LimitsDialog::boxEdited(QDoubleSpinBox* box)
{
    for (Row& row : m_rows)
        for (Bound* bound : {&row.least, &row.most})
            bound->edited = bound->edited || bound->box == box;
    check();
}

FitLimits LimitsDialog::limitsOf(const Row& row, int slot) const
{
    FitLimits limits = m_session.choice(slot).fit;
    const auto set = [](const Bound& bound, std::optional<double>& limit) {
        if (bound.edited)
            limit = bound.box->value() > 0 ? std::optional(bound.box->value()) : std::nullopt;
    };
    set(row.least, limits.leastBits);
    set(row.most, limits.mostBits);
    return limits;
}

void LimitsDialog::check()
{
    const auto crossed = std::find_if(m_rows.begin(), m_rows.end(), [&](const Row& row) {
        return std::any_of(row.members.begin(), row.members.end(),
                           [&](int slot) { return limitsOf(row, slot).crossed(); });
    });
    m_ok->setEnabled(crossed == m_rows.end());
    m_problem->setText(crossed == m_rows.end()
                           ? QString()
                           : tr("Layers of %1 would have to have more bits at least than at most.")
                                 .arg(crossed->title));
}

void LimitsDialog::accept()
{
    Recipe limited = m_session.recipe();
    for (const Row& row : std::as_const(m_rows))
        for (const int slot : row.members) {
            const Slot& place = m_session.model().graph.slot(slot);
            limited.slots[place.name].fit = limitsOf(row, slot);
        }
    m_session.replaceRecipe(limited, tr("Limits of the fit"), false);
    QDialog::accept();
}

} // namespace bitloom
